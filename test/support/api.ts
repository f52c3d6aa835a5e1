import type { UploadLink } from '#objects/links.ts';
import type { Store } from '#dynamodb/client.ts';
import type { Cloud } from '../system/cloud.ts';
import type { People } from '../system/people.ts';

/** The API that generated proofs call: that of a running cloud, or all functions in this process. */
export type Api = Pick<Cloud, 'api'> & {
  /** The base path of the requests that a proof is about; those that prepare them have none. */
  readonly base: string;
  /** Sends a request as it is, also one that `fetch` would reject or correct. */
  readonly sendRaw: (request: RawRequest) => Promise<RawReply>;
  /** Token of an operator. */
  readonly operator: string;
  readonly people: People;
  readonly store: Store;
  /** Uploads an object by a link of an answer. @returns the status */
  readonly upload: (link: Pick<UploadLink, 'url' | 'headers'>, body: Buffer) => Promise<number>;
  /** An OpenID provider that signs codes for a client (`openid-attacker.fixture.ts`); the API trusts it. */
  readonly provider: (clientId: string) => Promise<{ readonly issuer: string }>;
  /** Waits until what follows from earlier requests is done, where that can be known. */
  readonly settled: () => Promise<void>;
};

/** Header names may occur twice. `path` is sent unchanged, with its query. */
export type RawRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string | Buffer | undefined;
};

export type RawReply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};
