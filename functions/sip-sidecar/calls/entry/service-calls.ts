import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { SipRequest } from '#sip/message.ts';
import { sipUri } from '#sip/uri.ts';
import { emergencyServiceNumber, isEmergencyService } from '#telephony/emergency-services.ts';
import { numberOriginOf } from '#telephony/number-format.ts';

/** Whether an INVITE calls help by the URN of a service (RFC 5031), which names no number. */
export const isServiceCall = ({ uri }: Pick<SipRequest, 'uri'>): boolean =>
  uri.scheme === 'other' && isEmergencyService(uri.text);

/**
 * The same INVITE to the number of the service in the country of the organization, as if its caller had dialed it. Any
 * other INVITE stays as it is.
 */
export function withServiceNumber(request: SipRequest, organization: OrganizationItem): SipRequest {
  const { uri } = request;
  if (uri.scheme !== 'other') return request;
  const number = emergencyServiceNumber(uri.text, numberOriginOf(organization).country);
  // Nothing is sent to this URI.
  return number === undefined
    ? request
    : request.with(request.headers, sipUri({ user: number, host: 'service.invalid' }));
}
