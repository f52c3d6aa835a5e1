import type { DerivedFiles } from '../../../shared/contract/derived.ts';
import { openApi } from '../../../shared/contract/openapi.ts';
import { version } from '../../../shared/version.ts';
import { contracts } from '../../contracts.ts';

export const derived = { 'openapi.json': openApi(contracts, version) } satisfies DerivedFiles;
