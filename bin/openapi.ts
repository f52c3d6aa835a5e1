/** `npm run openapi`: prints the OpenAPI document that `GET /openapi.json` answers. */
import { contracts } from '../functions/contracts.ts';
import { openApi } from '../shared/contract/openapi.ts';
import { version } from '../shared/version.ts';

console.log(JSON.stringify(openApi(contracts, version), null, 2));
