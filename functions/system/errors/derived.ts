import type { Derive } from '#contract/derived.ts';
import type { KnownEndpoint } from './known-paths.ts';

/** Every endpoint of the API. */
export const derive: Derive = (contracts) => ({
  'known-paths.json': contracts
    .flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []))
    .map(({ method, path, head }): KnownEndpoint => ({ method, path, ...(head === true ? { head } : {}) })),
});
