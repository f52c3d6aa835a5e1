import type { Derive } from '#contract/derived.ts';
import { openApi, openApiUnderVoipbin } from '#contract/openapi.ts';
import { version } from '#version.ts';

export const derive: Derive = (contracts) => ({
  'openapi.json': openApi(contracts, version),
  'openapi-voipbin.json': openApiUnderVoipbin(contracts, version),
});
