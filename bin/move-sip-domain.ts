/**
 * `npm run move-sip-domain -- <stage> <new SIP domain>`: gives every SIP account credentials for another domain. The
 * credentials of the domain before stay valid. Ends with code 1 if accounts changed at the same time: run it again.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretVariable } from '#contract/effects.ts';
import * as z from 'zod';
import { sealsFrom } from '#secrets/seals.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { moveSipDomain } from './move-sip-domain/accounts.ts';
import { command, run } from './command-line/command.ts';
import { stageAt, where } from './stage/stage.ts';

export const tool = command({
  name: 'move-sip-domain',
  purpose: 'Gives every SIP account credentials for another domain. Those of the domain before stay valid.',
  arguments: { stage: where, domain: z.hostname('must be a host name').describe('the new SIP domain') },
});

if (import.meta.main)
  await run(tool, async ({ stage, domain }) => {
    const { names, options } = stageAt(stage);
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
  });
