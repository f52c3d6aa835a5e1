import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import {
  expirySortKey,
  tempTokenRow,
  tempTokensOfUser,
  tempTokenUseRow,
  type TempTokenItem,
} from '#dynamodb/rows/temp-token.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, type Write } from '#dynamodb/write.ts';
import type { temporaryTokens } from './contract.ts';

/** Sorts after every hash. */
const last = '\uffff';

/** @param platform rows of no organization */
export const tokenStore = (platform: Table<ReadName<EffectOf<typeof temporaryTokens>>>) => ({
  /** Number of a user's tokens that have not expired, up to a limit. */
  count: (organization: number, user: string, { now, limit }: { readonly now: number; readonly limit: number }) =>
    platform.countIndex(tempTokenRow, 'GSI1', tempTokensOfUser(organization, user), {
      between: [expirySortKey(now + 1), last],
      limit,
    }),
  /** A user's tokens that neither expired nor were used, by expiry. @param now Unix seconds */
  live: async (organization: number, user: string, now: number): Promise<TempTokenItem[]> => {
    const tokens = await readToEnd((after) =>
      platform.queryIndex(tempTokenRow, 'GSI1', tempTokensOfUser(organization, user), {
        between: [expirySortKey(now + 1), last],
        order: 'asc',
        ...after,
      }),
    );
    const uses = await platform.getAll(
      tempTokenUseRow,
      tokens.map(({ hash }) => ({ hash })),
    );
    return tokens.filter((_token, at) => uses[at] === undefined);
  },
});

export const createWrites = (token: TempTokenItem): Write<'temptoken'>[] => [create(tempTokenRow, token)];
