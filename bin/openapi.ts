/** `npm run openapi`: prints the OpenAPI document that `GET /openapi.json` answers. */
import { contracts } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';

console.log(JSON.stringify(openApi(contracts, version), null, 2));
