/**
 * Replaces `@aws-sdk/credential-provider-node` in the services' bundles: an environment variable of ECS names the
 * address of the credentials of the task's role.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 * (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { fromHttp } from '@aws-sdk/credential-provider-http';
import { minute } from '#schema/time.ts';

type Credentials = Awaited<ReturnType<ReturnType<typeof fromHttp>>>;

/** Milliseconds before their expiry at which credentials are renewed. */
const lead = 5 * minute;

const endsSoon = ({ expiration }: Credentials): boolean =>
  expiration !== undefined && expiration.getTime() - Date.now() < lead;

/** The SDK requests credentials with every call. This requests them from ECS once until they expire, for all calls. */
function shared(ask: () => Promise<Credentials>): () => Promise<Credentials> {
  let asked: Promise<Credentials> | undefined;
  const renewed = (): Promise<Credentials> => {
    const asking = ask();
    asked = asking;
    asking.catch(() => (asked = asked === asking ? undefined : asked));
    return asking;
  };
  return async () => {
    const known = asked ?? renewed();
    const credentials = await known;
    if (!endsSoon(credentials)) return credentials;
    return asked === undefined || asked === known ? renewed() : asked;
  };
}

/** Credentials of the environment if there are any, as on one machine; else those of the task. */
export const defaultProvider: typeof fromHttp = (options) =>
  'AWS_ACCESS_KEY_ID' in process.env ? fromEnv(options) : shared(fromHttp(options));
