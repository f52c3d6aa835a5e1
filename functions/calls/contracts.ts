import type { FunctionContract } from '../../shared/contract/resource.ts';

/** Calls; nothing is built yet. */
export const callsContracts: readonly FunctionContract[] = [];
