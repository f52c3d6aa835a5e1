import type { DerivedFiles } from '#contract/derived.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';
import { contracts } from '../../contracts.ts';

export const derived = { 'openapi.json': openApi(contracts, version) } satisfies DerivedFiles;
