import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { byTime, OutboxFolder, type StoredMessage } from './folder.ts';
import { readMail } from './mail-reader.ts';
import { kinds, readMessage, type Kind, type OutboxMessage } from './message.ts';

export type OutboxQuery = {
  /** Undefined: all. */
  readonly kind: Kind | undefined;
  readonly limit: number;
  /** Cursor of the previous page. */
  readonly before: string | undefined;
};

export type OutboxPage = {
  readonly messages: readonly OutboxMessage[];
  /** Cursor of the next page, with older messages; null: this is the last. */
  readonly next: string | null;
};

/** A page that is not read yet. */
export type ListedPage = {
  /** Changes whenever the page does. */
  readonly tag: string;
  /** Reads the files of its messages, one after the other. */
  read(): Promise<OutboxPage>;
};

/** The messages that went out, in the folders of the data directory. */
export type Outbox = {
  list(query: OutboxQuery): Promise<ListedPage>;
  /** The HTML of an e-mail; undefined if there is no such e-mail, null if it has none. */
  html(id: string): Promise<string | null | undefined>;
};

type Listed = StoredMessage & { readonly kind: Kind };

const extensions: Readonly<Record<Kind, string>> = { email: '.eml', sms: '.json', webhook: '.json' };

const cursorOf = ({ at, id }: Listed): string => `${at}-${id}`;

/** @returns undefined for a text that is no cursor */
export function readCursor(cursor: string): Pick<Listed, 'at' | 'id'> | undefined {
  const [, at, id] = /^(\d{1,15})-([\w-]{1,300})$/.exec(cursor) ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id };
}

export function outboxIn(dataDir: string): Outbox {
  const folderOf = (kind: Kind): OutboxFolder => new OutboxFolder(join(dataDir, 'outbox', kind), extensions[kind]);
  const folders: Readonly<Record<Kind, OutboxFolder>> = {
    email: folderOf('email'),
    sms: folderOf('sms'),
    webhook: folderOf('webhook'),
  };
  const listOf = async (kind: Kind): Promise<Listed[]> =>
    (await folders[kind].newest()).map((message) => ({ ...message, kind }));
  return {
    list: async ({ kind, limit, before }) => {
      const after = before === undefined ? undefined : readCursor(before);
      const all = (await Promise.all((kind === undefined ? kinds : [kind]).map(listOf))).flat().toSorted(byTime);
      const older = after === undefined ? all : all.filter((message) => byTime(message, after) > 0);
      const listed = older.slice(0, limit);
      const last = listed.at(-1);
      const next = last === undefined || older.length <= limit ? null : cursorOf(last);
      return { tag: tagOf(listed, next), read: async () => ({ messages: await readAll(listed), next }) };
    },
    html: async (id) => {
      const found = await folders.email.find(id);
      return found === undefined ? undefined : (await readMail(found.file)).html;
    },
  };
}

const tagOf = (listed: readonly Listed[], next: string | null): string =>
  createHash('sha256')
    .update(JSON.stringify([listed.map(cursorOf), next]))
    .digest('base64url')
    .slice(0, 22);

/** One after the other, so that a page of large e-mails takes no more memory than one. */
async function readAll(listed: readonly Listed[]): Promise<OutboxMessage[]> {
  const messages: OutboxMessage[] = [];
  for (const message of listed) messages.push(await readMessage(message.kind, message));
  return messages;
}
