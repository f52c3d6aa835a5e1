import type { FunctionContract, Service } from './resource.ts';

/** The contracts of an area, by its folder. */
export type ContractsByArea = Readonly<Record<string, readonly FunctionContract[]>>;

/**
 * What a function reads of the contracts of others: `derived.ts` in its folder exports `derive`, which the build calls
 * with all contracts. `infra/derived-assets.ts` puts the values that it returns beside the bundle, as compressed JSON
 * by the names of their files. The function so bundles no contract of another area, and reads what it needs when it
 * needs it.
 *
 * @param contracts of every function, as `functions/contracts.ts` lists them
 * @param services the processes that always run
 */
export type Derive = (
  contracts: readonly FunctionContract[],
  byArea: ContractsByArea,
  services: readonly Service[],
) => Readonly<Record<`${string}.json`, object>>;
