import { BadRequestException, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { senderVariable, type Sender } from '../contract/effects.ts';
import { composeMime, type Message } from './mime.ts';
import { awsTimeouts } from '../runtime/aws-timeouts.ts';

type Outgoing<S extends Sender> = Omit<Message, 'from'> & { readonly sender: S };

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

/** Sends by SES from the address in `EMAIL_FROM`. Retries are up to the caller. */
export function mailerFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client = new SESv2Client({ maxAttempts: 1, requestHandler: awsTimeouts(timeout) }),
): Mailer {
  return {
    send: async (email) => {
      const from = environment[senderVariable] ?? '';
      const { id, to, cc } = email;
      try {
        const { MessageId = '' } = await client.send(
          new SendEmailCommand({
            // These are the recipients, whatever the header has.
            FromEmailAddress: from,
            Destination: { ToAddresses: [...to], CcAddresses: [...cc] },
            Content: { Raw: { Data: await composeMime({ ...email, from }) } },
            EmailTags: [{ Name: 'email_id', Value: id }],
          }),
        );
        return { from, provider_message_id: MessageId };
      } catch (error) {
        // MessageRejected is not final: SES also answers it while the sender's identity is unverified, which an
        // operator can fix.
        if (error instanceof BadRequestException) throw new EmailRejected(error.message, { cause: error });
        throw error;
      }
    },
  };
}
