import { runScheduled } from '#runtime/schedule.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { rotateSigningKeys } from '#signing/key-rotation.ts';
import { archiveKeys, tokenKeys } from '#signing/key-use.ts';
import { signingKeyRotation } from './contract.ts';

export function signingKeyRotationHandler(
  dependencies: Dependencies = dependenciesFromEnvironment({ secrets: secretsFromEnvironment() }),
) {
  const { store, secrets } = dependencies;
  if (secrets === undefined) throw new Error('signing keys are secrets');
  return runScheduled(
    signingKeyRotation,
    async ({ clock, recorderOf }) => {
      const [now, record] = [clock(), recorderOf(operatorOrganization)];
      await rotateSigningKeys({ store, secrets, use: tokenKeys, now, record }, { atOnce: false });
      await rotateSigningKeys({ store, secrets, use: archiveKeys, now, record }, { atOnce: false });
    },
    dependencies,
  );
}

export const handler = signingKeyRotationHandler();
