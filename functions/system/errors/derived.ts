import type { DerivedFiles } from '#contract/derived.ts';
import { contracts } from '../../contracts.ts';
import type { KnownEndpoint } from './known-paths.ts';

/** Every endpoint of the API. */
const endpoints = contracts
  .flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []))
  .map(({ method, path, head }): KnownEndpoint => ({ method, path, ...(head === true ? { head } : {}) }));

export const derived = { 'known-paths.json': endpoints } satisfies DerivedFiles;
