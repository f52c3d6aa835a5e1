/**
 * `node bin/move-sip-domain.ts <stage> <new SIP domain>`: gives every SIP account credentials for another domain, with
 * the caller's AWS credentials; `node bin/move-sip-domain.ts .local/outputs.json <new SIP domain>`: the same on this
 * machine. The credentials of the domain before stay valid. Ends with code 1 if accounts
 * changed at the same time: run it again.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretVariable } from '#contract/effects.ts';
import { sealsFrom } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { moveSipDomain } from './move-sip-domain/accounts.ts';
import { stageAt } from './stage.ts';

const [where, domain] = process.argv.slice(2);
if (where === undefined || domain === undefined) {
  console.error('Name the stage, or the outputs.json of a Trunkline on this machine, and the new SIP domain.');
  process.exit(1);
}
const { names, options } = stageAt(where);
const secrets = secretsFromEnvironment(
  { [secretVariable('sealing-keys')]: names.secret('sealing-keys') },
  new SecretsManagerClient(options),
);
const { moved, unchanged, busy } = await moveSipDomain(
  { client: new DynamoDBClient(options), tableName: names.table },
  sealsFrom(secrets),
  domain,
);
console.log(`${moved} accounts moved to ${domain}, ${unchanged} were there, ${busy} changed at the same time.`);
if (busy > 0) process.exitCode = 1;
