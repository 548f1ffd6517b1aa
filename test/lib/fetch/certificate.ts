/**
 * A certificate for the name `right.test` alone, signed by its own key, good from 2020 to 2120, and that key. It opens
 * nothing: only the servers of these tests show it, and only the fetchers of these tests are told to trust it.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBYzCCAQqgAwIBAgIBATAKBggqhkjOPQQDAjAVMRMwEQYDVQQDDApyaWdodC50
ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAVMRMwEQYDVQQD
DApyaWdodC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEs00KXkcty6u7
kb9NMYks/zzEd40t19U78Ncy1h6T+15+QXxL5xQXLTjw4ThjgzsWJ9mmmCvX2ZOe
AxFbRTSvIqNJMEcwDwYDVR0TAQH/BAUwAwEB/zAVBgNVHREEDjAMggpyaWdodC50
ZXN0MB0GA1UdDgQWBBRpguL0XopwHll6uUxkipzs6+/BDjAKBggqhkjOPQQDAgNH
ADBEAiAIaiRSQum/lVGWmf61i0Mj3tvX8FKy1O+2A71OYY6EuQIgV034wfAsPmZz
VokbzptvpIappK5v7eoBKGL3NntDjrc=
-----END CERTIFICATE-----
`;

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5K4gMMcsNzRLDg4D
ga39MiaJDpSUd0TnfhEMWslmWD+hRANCAASzTQpeRy3Lq7uRv00xiSz/PMR3jS3X
1Tvw1zLWHpP7Xn5BfEvnFBctOPDhOGODOxYn2aaYK9fZk54DEVtFNK8i
-----END PRIVATE KEY-----
`;
