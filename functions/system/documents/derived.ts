import type { Derive } from '#contract/derived.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';

export const derive: Derive = (contracts) => ({ 'openapi.json': openApi(contracts, version) });
