import {
  AlreadyExistsException,
  CreateEmailIdentityCommand,
  DeleteEmailIdentityCommand,
  GetEmailIdentityCommand,
  NotFoundException,
  SESv2Client,
  type GetEmailIdentityCommandOutput,
} from '@aws-sdk/client-sesv2';
import { identityTag, type DkimRecord, type Domain } from '../schema/domain.ts';
import { second } from '../schema/time.ts';
import { awsTimeouts } from '../aws/timeouts.ts';

/** Identities of domains at the provider (SES Developer Guide, "Creating and verifying identities"). */

/** An identity, and the records by which the provider verifies it and signs e-mail (DKIM). */
export type Identity = {
  readonly status: NonNullable<Domain['email_status']>;
  readonly dkim: readonly DkimRecord[];
};

export type Identities = {
  /**
   * The identity of a domain, which is made if there is none. One of another owner is made again, so that keys of the
   * former owner's records are not used. One that the operator made is used as it is.
   * @param owner id of the domain
   * @param again makes one again whose verification has failed
   */
  readonly ensure: (domain: string, owner: string, again: boolean) => Promise<Identity>;
  /** Removes the identity, if it is of this owner. */
  readonly remove: (domain: string, owner: string) => Promise<void>;
};

/** Milliseconds. */
const timeout = 5 * second;

type Read = Pick<
  GetEmailIdentityCommandOutput,
  'DkimAttributes' | 'VerifiedForSendingStatus' | 'Tags' | 'VerificationStatus'
>;

const ownerOf = ({ Tags: tags = [] }: Read): string | undefined => tags.find(({ Key }) => Key === identityTag)?.Value;

function statusOf({ VerifiedForSendingStatus: isVerified, VerificationStatus: status }: Read): Identity['status'] {
  if (isVerified === true) return 'verified';
  return status === 'FAILED' ? 'failed' : 'pending';
}

/** SES API v2 Reference, "DkimAttributes": the CNAME records of Easy DKIM. */
function identityOf(domain: string, read: Read): Identity {
  const { Tokens: tokens = [], SigningHostedZone: zone = 'dkim.amazonses.com' } = read.DkimAttributes ?? {};
  return {
    status: statusOf(read),
    dkim: tokens.map((token) => ({ name: `${token}._domainkey.${domain}`, value: `${token}.${zone}` })),
  };
}

type Client = Pick<SESv2Client, 'send'>;

async function read(client: Client, domain: string): Promise<Read | undefined> {
  try {
    return await client.send(new GetEmailIdentityCommand({ EmailIdentity: domain }));
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}

async function make(client: Client, domain: string, owner: string): Promise<void> {
  try {
    const Tags = [{ Key: identityTag, Value: owner }];
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: domain, Tags }));
  } catch (error) {
    // The answer to an earlier attempt was lost.
    if (!(error instanceof AlreadyExistsException)) throw error;
  }
}

async function remove(client: Client, domain: string): Promise<void> {
  try {
    await client.send(new DeleteEmailIdentityCommand({ EmailIdentity: domain }));
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
  }
}

/** Whether an identity is made again: it is of another owner, or has failed. Those of the operator never are. */
const isStale = (found: Read, owner: string, again: boolean): boolean => {
  const of = ownerOf(found);
  return of !== undefined && (of !== owner || (again && statusOf(found) === 'failed'));
};

/** Identities of SES. Retries are up to the caller. */
export const sesIdentities = (
  client: Client = new SESv2Client({ maxAttempts: 2, requestHandler: awsTimeouts(timeout) }),
): Identities => ({
  ensure: async (domain, owner, again) => {
    const found = await read(client, domain);
    if (found !== undefined) {
      if (!isStale(found, owner, again)) return identityOf(domain, found);
      await remove(client, domain);
    }
    await make(client, domain, owner);
    return identityOf(domain, (await read(client, domain)) ?? {});
  },
  remove: async (domain, owner) => {
    const found = await read(client, domain);
    if (found !== undefined && ownerOf(found) === owner) await remove(client, domain);
  },
});
