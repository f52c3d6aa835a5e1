import {
  InternalErrorException,
  InvalidParameterException,
  InvalidParameterValueException,
  PublishCommand,
  SNSClient,
  SNSServiceException,
  type MessageAttributeValue,
} from '@aws-sdk/client-sns';
import { awsTimeouts } from '../aws/timeouts.ts';
import { isUnconnected, PermanentFault, providerTimeout, TemporaryFault, type SmsProvider } from './provider.ts';

/** Amazon SNS, which publishes to phone numbers (functions/messaging/sms-reports/README.md). */

const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });

/** How SNS names what was wrong with the number, and that its owner opted out of all SMS of the account. */
const wrongNumber = /PhoneNumber|phone number/i;
const optedOut = /opted out/i;

function permanentCodeOf(error: SNSServiceException) {
  if (error.name.startsWith('OptedOut') || optedOut.test(error.message)) return 'BLOCKED' as const;
  const isInvalid = error instanceof InvalidParameterException || error instanceof InvalidParameterValueException;
  if (!isInvalid) return null;
  return wrongNumber.test(error.message) ? ('INVALID_NUMBER' as const) : ('REJECTED' as const);
}

/** What an error of the client says about the message. */
function faultOf(error: unknown): unknown {
  if (!(error instanceof SNSServiceException))
    return isUnconnected(error) ? new TemporaryFault(String(error), { cause: error }) : error;
  const code = permanentCodeOf(error);
  if (code !== null) return new PermanentFault(code, error.message, { isOptOut: code === 'BLOCKED' });
  // Another 5xx may come after the message was accepted; 503 says that the request was not handled (RFC 9110 §15.6.4).
  const mayBeAccepted =
    error instanceof InternalErrorException || (error.$fault === 'server' && error.$metadata.httpStatusCode !== 503);
  return mayBeAccepted ? error : new TemporaryFault(error.message, { cause: error });
}

/** Sends by Publish. Retries are up to the caller. */
export const snsProvider = (
  client = new SNSClient({ maxAttempts: 1, requestHandler: awsTimeouts(providerTimeout) }),
): SmsProvider => ({
  name: 'sns',
  send: async ({ from, to, text: message, category }) => {
    const type = category === 'marketing' ? 'Promotional' : 'Transactional';
    const sender = from.startsWith('+') ? 'AWS.MM.SMS.OriginationNumber' : 'AWS.SNS.SMS.SenderID';
    try {
      const { MessageId = '' } = await client.send(
        new PublishCommand({
          PhoneNumber: to,
          Message: message,
          MessageAttributes: { 'AWS.SNS.SMS.SMSType': text(type), [sender]: text(from) },
        }),
      );
      return { provider_message_id: MessageId };
    } catch (error) {
      throw faultOf(error);
    }
  },
});
