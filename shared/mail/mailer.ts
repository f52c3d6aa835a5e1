import { BadRequestException, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { configurationVariable, senderVariable, type Sender } from '../contract/effects.ts';
import { emailTag, organizationTag, type Mailbox, type Tracking } from '../schema/email.ts';
import { awsTimeouts } from '../aws/timeouts.ts';
import { composeMime, type Message } from './mime.ts';
import { configurationSetOf } from './tracking.ts';

type Outgoing<S extends Sender> = Omit<Message, 'from'> & {
  /** `platform`: the platform's own address, also if `from` names another. */
  readonly sender: S;
  /** Required for all senders but the platform. */
  readonly from?: Mailbox | null;
  readonly bcc?: readonly string[];
  /** The organization, which the provider's reports name. */
  readonly organization: number;
  readonly tracking?: Tracking;
};

export type Mailer<S extends Sender = Sender> = {
  /**
   * Hands an e-mail to the provider, which may have accepted it even if this fails.
   * @throws EmailRejected if the provider will never accept it; any other error may be temporary
   */
  readonly send: (email: Outgoing<S>) => Promise<{ readonly from: string; readonly provider_message_id: string }>;
};

/** The provider will never accept this e-mail. */
export class EmailRejected extends Error {
  override name = 'Rejected';
}

/** Milliseconds. An attempt must end within the timeout of the function. */
const timeout = 8_000;

/** Sends by SES: the platform's e-mails from the address in `EMAIL_FROM`. Retries are up to the caller. */
export function mailerFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client = new SESv2Client({ maxAttempts: 1, requestHandler: awsTimeouts(timeout) }),
): Mailer {
  return {
    send: async (email) => {
      const from = senderOf(email, environment[senderVariable] ?? '');
      const { id, to, cc, bcc = [], organization, tracking = { opens: false, clicks: false } } = email;
      const configuration = environment[configurationVariable];
      try {
        const { MessageId = '' } = await client.send(
          new SendEmailCommand({
            // These are the recipients, whatever the header has.
            FromEmailAddress: from.address,
            Destination: { ToAddresses: [...to], CcAddresses: [...cc], BccAddresses: [...bcc] },
            Content: { Raw: { Data: await composeMime({ ...email, from }) } },
            EmailTags: [
              { Name: emailTag, Value: id },
              { Name: organizationTag, Value: String(organization) },
            ],
            ...(configuration === undefined
              ? {}
              : { ConfigurationSetName: configurationSetOf(configuration, tracking) }),
          }),
        );
        return { from: from.address, provider_message_id: MessageId };
      } catch (error) {
        // MessageRejected is not final: SES also answers it while the sender's identity is unverified, which an
        // operator can fix.
        if (error instanceof BadRequestException) throw new EmailRejected(error.message, { cause: error });
        throw error;
      }
    },
  };
}

/** @throws EmailRejected without a sender */
function senderOf({ sender, from }: Pick<Outgoing<Sender>, 'sender' | 'from'>, platform: string): Mailbox {
  if (sender === 'platform') return { address: platform, name: from?.name ?? null };
  if (from === undefined || from === null) throw new EmailRejected('the e-mail has no sender');
  return from;
}
