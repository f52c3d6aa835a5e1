import { fileReferenceRow, fileRow, unreferenceWrites } from '#dynamodb/rows/file.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import { change, overwrite } from '#dynamodb/write.ts';
import type { CascadeContext, CascadeSteps } from '#runtime/cascade.ts';
import type { CascadeEffect } from '#contract/resource.ts';
import type { File } from '#schema/file.ts';
import { greetingUses } from '#schema/greeting.ts';
import { defaultPreferences, greetingsOf } from '#schema/mailbox.ts';
import {
  dropGreetingWrites,
  fileOfUse,
  findGreetingFile,
  isGreetingOfMailbox,
  withGreeting,
} from '../rows/greeting.ts';
import { preferencesWrites } from '../rows/mailbox-pin.ts';
import { preferencesDetails } from '../schema/mailbox-pin.ts';
import type { voicemailGreetings } from './contract.ts';
import { isToBeUsed, isUploadOf } from './greeting.ts';

type GreetingContext = CascadeContext<CascadeEffect<typeof voicemailGreetings>>;

/** Deletes a recording of a mailbox that only this mailbox uses, and no longer. */
async function dropWrites(file: File | undefined, mailbox: string, { table, now, record }: GreetingContext) {
  if (!isGreetingOfMailbox(file)) return [];
  const { items } = await table.query(fileReferenceRow, { resource: file.id }, { limit: 2 });
  if (!items.every(({ type, id }) => type === 'mailbox' && id === mailbox)) return [];
  return [
    ...dropGreetingWrites(table.organization, file, { holds: await holdsOn(table, 'recordings'), now }),
    record('file.deleted', {
      entity: { type: 'file', id: file.id },
      description: `File ${file.name} deleted`,
      before: file,
    }),
  ];
}

/** Uses a greeting that was accepted. The one before goes, as by phone. */
async function useGreeting(id: string, context: GreetingContext) {
  const { table, now, record } = context;
  const file = await table.get(fileRow, { id });
  if (!isToBeUsed(file)) return [];
  const { greeting } = file;
  const { mailbox, use } = greeting;
  const read = await readMailbox(table, mailbox);
  if (read === undefined) return [];
  const at = now.toISOString();
  const base = read.preferences ?? { ...defaultPreferences(mailbox), created_at: at, updated_at: at };
  const after = { ...withGreeting(base, use, id), updated_at: at, version: base.version + 1 };
  const former = fileOfUse(base, use);
  const isReplaced = former !== null && !greetingsOf(after).includes(former);
  const reference = { type: 'mailbox', id: mailbox };
  return [
    change(
      fileRow,
      { id },
      {
        set: { greeting: { ...greeting, awaited: false } },
        add: { reference_epoch: 1 },
        onlyIf: {
          expression: '#version = :version',
          names: { '#version': 'version' },
          values: { ':version': file.version },
        },
      },
    ),
    overwrite(fileReferenceRow, { ...reference, resource: id }),
    ...preferencesWrites(read.preferences, after),
    record('voicemailprefs.updated', preferencesDetails(read.preferences, after, [read.user_id])),
    ...(isReplaced ? unreferenceWrites(former, reference) : []),
    ...(isReplaced ? await dropWrites(await table.get(fileRow, { id: former }), mailbox, context) : []),
  ];
}

export const cascade: CascadeSteps<typeof voicemailGreetings> = {
  'file.ready': [useGreeting],
  // Their references go with the preferences.
  'mailbox.deleted': greetingUses.map((use) => async (mailbox: string, context: GreetingContext) => {
    const { file } = await findGreetingFile(context.table, { mailbox, use });
    return isUploadOf(file, { mailbox, use }) ? dropWrites(file, mailbox, context) : [];
  }),
};
