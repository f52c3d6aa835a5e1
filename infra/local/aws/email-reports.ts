import type { CloudResource } from '../templates/resource.ts';
import type { RawEmail } from './email-call.ts';

/** Publishes a message to a topic, by its ARN. */
export type Publish = (topicArn: string, message: string) => void;

/** What SES reports of e-mails that are sent with a configuration set. */
export type EmailReports = {
  readonly hasSet: (name: string) => boolean;
  /** Reports what becomes of an e-mail that was accepted. */
  readonly report: (email: RawEmail, messageId: string) => void;
};

type Destination = {
  readonly Enabled?: boolean;
  readonly MatchingEventTypes: readonly string[];
  readonly SnsDestination?: { readonly TopicARN: string };
};

type Report = { readonly eventType: string } & Readonly<Record<string, unknown>>;

/** Milliseconds until an e-mail is delivered or bounces, and until its reader complains. */
const delays = { delivery: 100, complaint: 200 };

/** The name of a type of reports in templates: `Rendering Failure` is `renderingFailure`. */
const matchingType = (eventType: string): string =>
  eventType.charAt(0).toLowerCase() + eventType.slice(1).replaceAll(' ', '');

function destinationsOf(resources: readonly CloudResource[]): (set: string) => readonly Destination[] {
  const destinations = resources.filter(({ type }) => type === 'AWS::SES::ConfigurationSetEventDestination');
  return (set) =>
    destinations
      .filter(({ properties }) => properties['ConfigurationSetName'] === set)
      .map(({ properties }) => properties['EventDestination'] as Destination)
      .filter(({ Enabled: isEnabled = true }) => isEnabled);
}

const hostOf = (address: string): string => address.split('@').at(-1)?.toLowerCase() ?? '';
const isBouncing = (address: string): boolean => hostOf(address) === 'bounce.test';
const isPassing = (address: string): boolean => isBouncing(address) && address.startsWith('soft');
const named = (addresses: readonly string[]) => addresses.map((emailAddress) => ({ emailAddress }));

const bounceOf = (bounceType: string, addresses: readonly string[], timestamp: string): Report => ({
  eventType: 'Bounce',
  bounce: { bounceType, bounceSubType: 'General', bouncedRecipients: named(addresses), timestamp },
});

/** What is reported `delay` milliseconds after an e-mail to some addresses was accepted. */
type DelayedReports = { readonly delay: number; readonly of: (timestamp: string) => readonly Report[] };

/**
 * Addresses at `bounce.test` bounce (those that begin with `soft` may pass), readers at `complaint.test` complain, and
 * all others get their e-mail.
 */
function fateOf(addresses: readonly string[]): readonly DelayedReports[] {
  const permanent = addresses.filter((each) => isBouncing(each) && !isPassing(each));
  const passing = addresses.filter(isPassing);
  const delivered = addresses.filter((each) => !isBouncing(each));
  const complaining = delivered.filter((each) => hostOf(each) === 'complaint.test');
  const unless = (none: readonly string[], report: Report): readonly Report[] => (none.length === 0 ? [] : [report]);
  return [
    { delay: 0, of: () => [{ eventType: 'Send', send: {} }] },
    {
      delay: delays.delivery,
      of: (timestamp) => [
        ...unless(delivered, { eventType: 'Delivery', delivery: { timestamp, recipients: delivered } }),
        ...unless(permanent, bounceOf('Permanent', permanent, timestamp)),
        ...unless(passing, bounceOf('Transient', passing, timestamp)),
      ],
    },
    {
      delay: delays.complaint,
      of: (timestamp) =>
        unless(complaining, {
          eventType: 'Complaint',
          complaint: { timestamp, complainedRecipients: named(complaining) },
        }),
    },
  ];
}

/** The reports of SES, to the topics of the templates' configuration sets. */
export function openEmailReports(resources: readonly CloudResource[], publish: Publish): EmailReports {
  const destinations = destinationsOf(resources);
  const sets = new Set(resources.filter(({ type }) => type === 'AWS::SES::ConfigurationSet').map(({ name }) => name));
  const publishTo = (set: string, report: Report): void => {
    for (const { MatchingEventTypes: types, SnsDestination: { TopicARN: topic } = {} } of destinations(set))
      if (topic !== undefined && types.includes(matchingType(report.eventType))) publish(topic, JSON.stringify(report));
  };
  return {
    hasSet: (name) => sets.has(name),
    report: (email, messageId) => {
      const { ConfigurationSetName: set, FromEmailAddress: source, EmailTags: emailTags = [] } = email;
      if (set === undefined) return;
      const { ToAddresses: to = [], CcAddresses: cc = [], BccAddresses: bcc = [] } = email.Destination ?? {};
      const destination = [...to, ...cc, ...bcc];
      const tags = Object.fromEntries(emailTags.map(({ Name, Value }) => [Name, [Value]]));
      const mail = { timestamp: new Date().toISOString(), messageId, source, destination, tags };
      for (const { delay, of } of fateOf(destination))
        setTimeout(() => {
          for (const report of of(new Date().toISOString())) publishTo(set, { ...report, mail });
        }, delay).unref();
    },
  };
}
