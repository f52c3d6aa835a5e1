import { BadRequestException, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { senderVariable, type Sender } from '../contract/effects.ts';
import { composeMime, type Message } from './mime.ts';

type Outgoing<S extends Sender> = Omit<Message, 'from'> & { readonly sender: S };

export type Mailer<S extends Sender = Sender> = {
  /**
   * Hands an e-mail over. The provider may have taken it although this fails.
   * @throws Rejected: it never will be taken; anything else: perhaps later
   */
  readonly send: (email: Outgoing<S>) => Promise<{ readonly from: string; readonly provider_message_id: string }>;
};

/** The provider does not take such an e-mail. */
export class EmailRejected extends Error {
  override name = 'Rejected';
}

/** Milliseconds. A try must end within the function's time. */
const timeout = { connectionTimeout: 3_000, requestTimeout: 8_000 };

/** SES, by the address that the function's environment gives. What is tried again, and when, is the caller's to say. */
export function mailerFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
  client = new SESv2Client({ maxAttempts: 1, requestHandler: timeout }),
): Mailer {
  return {
    send: async ({ sender: _, ...email }) => {
      const from = environment[senderVariable] ?? '';
      const { id, to, cc } = email;
      try {
        const { MessageId = '' } = await client.send(
          new SendEmailCommand({
            // Whom it goes to is said here, whatever its header says.
            FromEmailAddress: from,
            Destination: { ToAddresses: [...to], CcAddresses: [...cc] },
            Content: { Raw: { Data: await composeMime({ ...email, from }) } },
            EmailTags: [{ Name: 'email_id', Value: id }],
          }),
        );
        return { from, provider_message_id: MessageId };
      } catch (error) {
        // MessageRejected is no such answer: SES gives it too while the sender's identity is not verified, which a
        // person can mend.
        if (error instanceof BadRequestException) throw new EmailRejected(error.message, { cause: error });
        throw error;
      }
    },
  };
}
