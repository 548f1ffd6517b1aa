import { boundedVec, hexBytes, newtype, u64 } from '../scale/index.js';
import { PalletKit } from '../runtime/pallet.js';

const kit = new PalletKit('Aura', 3, 'pallet_aura');

const authority = newtype('sp_consensus_aura::sr25519::app_sr25519::Public', hexBytes(32));

export const Authorities = kit.value('Authorities', boundedVec(authority, 32), []);
export const CurrentSlot = kit.value('CurrentSlot', newtype('sp_consensus_slots::Slot', u64, 'u64'), 0n);

kit.constant('SlotDuration', u64, ({ blockTimeMs }) => BigInt(blockTimeMs));

export const aura = kit.done();
