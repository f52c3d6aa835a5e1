import { found, notFound } from '#errors.ts';
import { commits, created, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { assertListsRemoveFew } from '#http/removal.ts';
import { serve } from '#http/serve.ts';
import { omit } from '#schema/omit.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { CallHandling, defaultCallHandling } from '#telephony/call-handling.ts';
import { changeCallHandling } from '../rows/call-handling-change.ts';
import type { CallHandlingItem } from '../rows/call-handling.ts';
import { callHandling, getCallHandling, setCallHandling } from './contract.ts';
import { callHandlingStore } from './store.ts';

type HandlingContext = Context<typeof callHandling>;
type AnyRequest = Request<typeof getCallHandling> | Request<typeof setCallHandling>;

/** The user, for a caller that may reach its records. @throws AppError NOT_FOUND */
async function findUser({ params, own }: Pick<AnyRequest, 'params' | 'own'>, { table }: HandlingContext) {
  const user = found(await callHandlingStore(table).user(params.id), 'User');
  if (!own.covers(user.id)) throw notFound('User');
  return user;
}

const present = (user: string, item: CallHandlingItem | undefined) => ({
  user_id: user,
  ...(item === undefined ? defaultCallHandling : CallHandling.parse(item)),
  updated_at: item?.updated_at ?? null,
  version: item?.version ?? null,
});

async function get(request: Request<typeof getCallHandling>, context: HandlingContext) {
  const { id } = await findUser(request, context);
  const item = await callHandlingStore(context.table).get(id);
  return ok(present(id, item), item === undefined ? {} : { version: item.version });
}

async function set(request: Request<typeof setCallHandling>, context: HandlingContext) {
  const { body, organization, now, record, pinnedVersion } = request;
  const user = await findUser(request, context);
  const store = callHandlingStore(context.table);
  const before = await store.get(user.id);
  if (before !== undefined) assertPinnedVersion(before, pinnedVersion);
  const settings = omit(body(), 'confirm_removal');
  if (before !== undefined) assertListsRemoveFew(before, settings, request);
  const of = { user, organization, before };
  const { after, write, event } = await changeCallHandling(context.table, of, settings, now);
  const answer = before === undefined ? created : ok;
  return commits(
    [write, record('callhandling.updated', event)],
    answer(present(user.id, after), {
      message: 'Call handling saved successfully',
      version: after.version,
    }),
  );
}

/** The function of `/users/{id}/callhandling`. */
export const callHandlingHandler = (dependencies = dependenciesFromEnvironment()) =>
  serve(callHandling, { [getCallHandling.route]: get, [setCallHandling.route]: set }, dependencies);

export const handler = callHandlingHandler();
