import {
  ConflictException,
  PinpointSMSVoiceV2Client,
  PinpointSMSVoiceV2ServiceException,
  SendTextMessageCommand,
  ValidationException,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { awsTimeouts } from '../aws/timeouts.ts';
import { organizationText } from '../schema/values.ts';
import {
  isUnconnected,
  PermanentFault,
  providerTimeout,
  TemporaryFault,
  type PermanentCode,
  type SmsProvider,
} from './provider.ts';

/** AWS End User Messaging SMS (functions/messaging/sms-reports/README.md). */

/** Why a message is rejected for good, by the reason of the exception (API Reference, ConflictException). */
const conflicts: Readonly<Record<string, PermanentCode>> = {
  DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION: 'BLOCKED',
  DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE: 'BLOCKED',
  DESTINATION_PHONE_NUMBER_NOT_VERIFIED: 'BLOCKED',
  DESTINATION_PHONE_NUMBER_OPTED_OUT: 'BLOCKED',
};

function permanentCodeOf(error: unknown): PermanentCode | null {
  if (error instanceof ConflictException) return conflicts[error.Reason ?? ''] ?? 'REJECTED';
  if (!(error instanceof ValidationException)) return null;
  const isNumber = error.Fields?.some(({ Name }) => Name === 'DestinationPhoneNumber') === true;
  return isNumber ? 'INVALID_NUMBER' : 'REJECTED';
}

/** An answer of the service, or no connection: nothing was handed over. */
const isTemporary = (error: unknown): boolean =>
  error instanceof PinpointSMSVoiceV2ServiceException
    ? // Another 5xx may come after acceptance; 503 says that the request was not handled (RFC 9110 §15.6.4).
      error.$fault === 'client' || error.name === 'ThrottlingException' || error.$metadata.httpStatusCode === 503
    : isUnconnected(error);

const isOptOut = (error: unknown): boolean =>
  error instanceof ConflictException && error.Reason === 'DESTINATION_PHONE_NUMBER_OPTED_OUT';

/** What an error of the client says about the message. */
function faultOf(error: unknown): unknown {
  const code = permanentCodeOf(error);
  const problem = error instanceof Error ? error.message : String(error);
  if (code !== null) return new PermanentFault(code, problem, { isOptOut: isOptOut(error) });
  return isTemporary(error) ? new TemporaryFault(problem, { cause: error }) : error;
}

/** Sends by SendTextMessage. The context of a message comes back with its receipts. Retries are up to the caller. */
export const eumProvider = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
  client = new PinpointSMSVoiceV2Client({ maxAttempts: 1, requestHandler: awsTimeouts(providerTimeout) }),
): SmsProvider => ({
  name: 'eum',
  send: async ({ organization, id, from, to, text, category }) => {
    const set = environment['SMS_CONFIGURATION_SET'];
    try {
      const { MessageId = '' } = await client.send(
        new SendTextMessageCommand({
          DestinationPhoneNumber: to,
          OriginationIdentity: from,
          MessageBody: text,
          MessageType: category === 'marketing' ? 'PROMOTIONAL' : 'TRANSACTIONAL',
          Context: { message_id: id, organization: organizationText(organization) },
          ...(set === undefined ? {} : { ConfigurationSetName: set }),
        }),
      );
      return { provider_message_id: MessageId };
    } catch (error) {
      throw faultOf(error);
    }
  },
});
