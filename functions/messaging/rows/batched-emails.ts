import type { Range, Slice } from '#dynamodb/table.ts';
import type { Email, EmailBatch } from '#schema/email.ts';

/** Batches of one slice: each has up to 50 e-mails, and one request reads 100. */
const maxBatches = 20;

/** A place in a list: behind a batch, and behind so many e-mails of the next one. */
const cursorOf = (behind: string, skip: number): string => JSON.stringify([behind, skip]);
const placeOf = (cursor: string | undefined): readonly [behind: string, skip: number] =>
  cursor === undefined ? ['', 0] : (JSON.parse(cursor) as [string, number]);

/**
 * Reads the e-mails of batches as a list of their own, newest first.
 * @param load the e-mails of ids, in their order; undefined for those that have expired
 */
export const batchedSlice =
  (
    read: (range: Range) => Promise<Slice<EmailBatch>>,
    load: (ids: readonly string[]) => Promise<readonly (Email | undefined)[]>,
  ) =>
  async ({ limit = maxBatches, after }: Range): Promise<Slice<Email>> => {
    const [behind, skip] = placeOf(after);
    const batches = await read({ limit: Math.min(limit, maxBatches), ...(behind === '' ? {} : { after: behind }) });
    const places = batches.items.flatMap(({ emails }, batch) =>
      emails.toReversed().map((id, within) => ({ id, batch, next: within + 1, isLast: within + 1 === emails.length })),
    );
    const wanted = places.slice(skip);
    const loaded = await load(wanted.map(({ id }) => id));
    const found = wanted.flatMap((place, at) => {
      const email = loaded[at];
      return email === undefined ? [] : [{ ...place, email }];
    });
    return {
      items: found.map(({ email }) => email),
      cursor: batches.cursor === undefined ? undefined : cursorOf(batches.cursor, 0),
      cursorAt: (position) => {
        const { batch = 0, next = 0, isLast = false } = found[position] ?? {};
        if (isLast) return cursorOf(batches.cursorAt(batch), 0);
        return cursorOf(batch === 0 ? behind : batches.cursorAt(batch - 1), next);
      },
    };
  };
