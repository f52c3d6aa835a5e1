import { archiveKeyRow } from '#dynamodb/rows/archive-key.ts';
import { signingKeyRow } from '#dynamodb/rows/user.ts';
import { document } from '#http/answers/answer.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { serve } from '#http/serve.ts';
import { mayStillVerify, signsUntil } from '#signing/key-lifecycle.ts';
import { archiveKeySet, publishedKeys } from './published-keys.ts';
import { getArchiveKeys, getKeySet, keySets } from './contract.ts';

export const keySetHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(
    keySets,
    {
      [getKeySet.route]: async ({ now }, { table }) => {
        const { items } = await table.query(signingKeyRow, {});
        return document(
          'application/json',
          JSON.stringify(publishedKeys(items.filter((key) => mayStillVerify(key, now)))),
        );
      },
      [getArchiveKeys.route]: async (_request, { table }) => {
        const { items } = await table.query(archiveKeyRow, {}, { order: 'asc' });
        const keys = items.map((key) => ({ ...key, signsUntil: signsUntil(key) }));
        return document('application/json', JSON.stringify(archiveKeySet(keys)));
      },
    },
    dependencies,
  );

export const handler = keySetHandler();
