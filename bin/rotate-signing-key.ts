/**
 * `npm run rotate-signing-key -- <stage>`: signs new session tokens with the next key at once. Tokens of the present
 * key stay valid until they expire.
 */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { monotonicFactory } from 'ulid';
import { secretVariable } from '#contract/effects.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { rotateSigningKeys } from '#signing/key-rotation.ts';
import { tokenKeys } from '#signing/key-use.ts';
import { command, run } from './command-line/command.ts';
import { stageAt, where } from './stage/stage.ts';

export const tool = command({
  name: 'rotate-signing-key',
  purpose: 'Signs new session tokens with the next key at once. Tokens of the present key stay valid.',
  arguments: { stage: where },
});

if (import.meta.main)
  await run(tool, async ({ stage }) => {
    const { names, options } = stageAt(stage);
    const now = new Date();
    const ulid = monotonicFactory();
    const key = await rotateSigningKeys(
      {
        store: { client: new DynamoDBClient(options), tableName: names.table },
        secrets: secretsFromEnvironment(
          { [secretVariable('signing-keys')]: names.secret('signing-keys') },
          new SecretsManagerClient(options),
        ),
        use: tokenKeys,
        now,
        record: recorder({
          origin: systemOrigin,
          organization: operatorOrganization,
          now,
          nextId: (prefix) => `${prefix}_${ulid()}`,
        }),
      },
      { atOnce: true },
    );
    console.log(
      key === undefined
        ? 'Nothing to do: there is no key yet, or the next one is about to sign.'
        : `The key ${key.kid} signs from ${key.active_from} on.`,
    );
  });
