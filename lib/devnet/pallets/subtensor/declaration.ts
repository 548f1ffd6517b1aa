import { PalletKit } from '../../runtime/pallet.js';
import type { Context } from '../../runtime/context.js';
import type { AccountId } from '../../runtime/types.js';
import { SUBTENSOR_ERRORS } from './errors.js';

/** The pallet that storage, registration, weights and epochs enter their items into. */
export const kit = new PalletKit('SubtensorModule', 7, 'pallet_subtensor');

/** A failure of the pallet, by its real name. */
export const subtensorFailure = kit.errors(SUBTENSOR_ERRORS);

/** Called when a neuron loses its uid to another hotkey. Other pallets add what they have to forget. */
export const onNeuronReplaced: ((context: Context, netuid: number, hotkey: AccountId) => void)[] = [];
