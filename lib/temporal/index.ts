export { CLIENT_DEADLINE_MS, connectClient, connectWorker } from './connect.js';
export { registerSearchAttributes } from './register-search-attributes.js';
