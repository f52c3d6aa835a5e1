import { objectsFromEnvironment } from '#objects/objects.ts';
import {
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { archiveSigner, type ArchiveSigner } from '#signing/archive-signer.ts';
import { readArchive, sealStored } from '../archives/archiving-steps.ts';
import { archiveSealing, type SealingMessage } from './contract.ts';

const sealWith =
  (signer: ArchiveSigner) =>
  async (
    { message: { org_id, archive_id } }: Delivery<SealingMessage>,
    context: BackgroundContext<typeof archiveSealing>,
  ): Promise<void> => {
    const archive = await readArchive(context.tableOf(org_id), archive_id);
    if (archive === undefined || archive.sealed_at !== null) return;
    await sealStored(archive, { organization: org_id, signer, context });
  };

/** @param dependencies what the function uses from outside; tests pass their own */
export function archiveSealingHandler(
  dependencies: ConsumerDependencies = {
    ...consumerDependencies(),
    objects: objectsFromEnvironment(),
    secrets: secretsFromEnvironment(),
  },
) {
  const { store, secrets } = dependencies;
  if (secrets === undefined) throw new Error('signatures need secrets');
  return consume(archiveSealing, settleEach(sealWith(archiveSigner(store, secrets))), dependencies);
}

export const handler = archiveSealingHandler();
