/**
 * What the services' bundles have in the place of `@aws-sdk/credential-provider-node`: ECS names in the environment the
 * address at which a task finds its role's credentials.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
 * (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { fromHttp } from '@aws-sdk/credential-provider-http';

type Credentials = Awaited<ReturnType<ReturnType<typeof fromHttp>>>;

/** Milliseconds before their end at which credentials are asked for anew. */
const lead = 5 * 60_000;

const endsSoon = ({ expiration }: Credentials): boolean =>
  expiration !== undefined && expiration.getTime() - Date.now() < lead;

/** The SDK asks for credentials with every call; ECS is asked once until they end, by all calls together. */
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

/** Those of the environment where there are any, as on one machine. */
export const defaultProvider: typeof fromHttp = (options) =>
  'AWS_ACCESS_KEY_ID' in process.env ? fromEnv(options) : shared(fromHttp(options));
