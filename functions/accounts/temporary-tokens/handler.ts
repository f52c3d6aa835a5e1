import { randomSecret } from '#credentials/random.ts';
import { secretHash } from '#schema/secret-hash.ts';
import type { TempTokenItem } from '#dynamodb/rows/temp-token.ts';
import { commits, created } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { second } from '#schema/time.ts';
import { createTemporaryToken, temporaryTokens } from './contract.ts';
import { createWrites, tokenStore } from './store.ts';
import { assertRoom, createdEvent, maxLive, newToken, presentToken } from './temporary-token.ts';

/** Tokens that were used are looked for only when there are many. */
async function ensureRoom({ caller, now }: Creating, { tableOf }: Context<typeof temporaryTokens>): Promise<void> {
  const store = tokenStore(tableOf(0));
  const seconds = Math.floor(now.getTime() / second);
  const count = await store.count(caller.organization, caller.id, { now: seconds, limit: maxLive });
  if (count >= maxLive) assertRoom(await store.live(caller.organization, caller.id, seconds), now);
}

type Creating = Request<typeof createTemporaryToken>;

/** A token belongs to the caller, whichever organization the request names. */
async function create(request: Creating, context: Context<typeof temporaryTokens>) {
  const { caller, body, now, recordIn } = request;
  const wanted = body();
  const token = `tmp_${randomSecret()}`;
  const stored: TempTokenItem = newToken(wanted, caller, { hash: secretHash(token), now });
  await ensureRoom(request, context);
  return commits(
    [...createWrites(stored), recordIn(caller.organization)('auth.temp.created', createdEvent(stored))],
    created(presentToken(stored, token, wanted.metadata)),
  );
}

export const temporaryTokensHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(temporaryTokens, { [createTemporaryToken.route]: create }, dependencies);

export const handler = temporaryTokensHandler();
