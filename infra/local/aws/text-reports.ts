import type { CloudResource } from '../templates/resource.ts';
import type { Publish } from './email-reports.ts';

/** An SMS that was accepted. */
export type AcceptedText = {
  readonly set: string;
  readonly messageId: string;
  readonly to: string;
  readonly from: string;
  readonly context: Readonly<Record<string, string>>;
};

type Destination = { readonly Enabled?: boolean; readonly SnsDestination?: { readonly TopicArn: string } };

/** Milliseconds until an SMS is delivered. */
const delay = 100;
/** The end of the numbers of which nothing is reported (functions/messaging/sms-reports/README.md). */
const silent = '0003';

/** Reports of AWS End User Messaging that an SMS was delivered, to the topics of the templates' configuration sets. */
export function openTextReports(resources: readonly CloudResource[], publish: Publish): (sms: AcceptedText) => void {
  const sets = resources.filter(({ type }) => type === 'AWS::SMSVOICE::ConfigurationSet');
  return ({ set, messageId, to, from, context }) => {
    if (to.endsWith(silent)) return;
    const found = sets.find(({ name }) => name === set);
    const destinations = (found?.properties['EventDestinations'] ?? []) as readonly Destination[];
    for (const { Enabled: isEnabled = true, SnsDestination: { TopicArn: topic } = {} } of destinations)
      if (isEnabled && topic !== undefined)
        setTimeout(() => {
          const event = {
            eventType: 'TEXT_DELIVERED',
            eventVersion: '1.0',
            eventTimestamp: Date.now(),
            isFinal: true,
            originationPhoneNumber: from,
            destinationPhoneNumber: to,
            messageId,
            messageStatus: 'DELIVERED',
            messageStatusDescription: 'Message has been accepted by phone',
            context,
          };
          publish(topic, JSON.stringify(event));
        }, delay).unref();
  };
}
