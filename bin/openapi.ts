/** `npm run openapi`: prints the OpenAPI document that `GET /openapi.json` answers. */
import { contracts } from '#functions/contracts.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';
import { argumentsOf, command } from './command-line/command.ts';

export const tool = command({
  name: 'openapi',
  purpose: 'Prints the OpenAPI document that GET /openapi.json answers.',
});

if (import.meta.main) {
  argumentsOf(tool);
  console.log(JSON.stringify(openApi(contracts, version), null, 2));
}
