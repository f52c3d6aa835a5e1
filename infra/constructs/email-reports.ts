import { aws_iam as iam, aws_ses as ses, aws_sns as sns, Stack, Validations } from 'aws-cdk-lib';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { configurationSetOf, trackings } from '#mail/tracking.ts';
import type { Tracking } from '#schema/email.ts';
import { configurationSetArn, type Names } from '../names.ts';

type ReportsProps = {
  readonly names: Names;
  /** The queue that gets the reports. */
  readonly queue: Queue;
};

/** What SES reports of every e-mail (Amazon SES API v2 Reference, "EventDestination"). */
const reported = [
  ses.EmailSendingEvent.SEND,
  ses.EmailSendingEvent.REJECT,
  ses.EmailSendingEvent.BOUNCE,
  ses.EmailSendingEvent.COMPLAINT,
  ses.EmailSendingEvent.DELIVERY,
  ses.EmailSendingEvent.RENDERING_FAILURE,
];

const eventsOf = ({ opens, clicks }: Tracking): ses.EmailSendingEvent[] => [
  ...reported,
  ...(opens ? [ses.EmailSendingEvent.OPEN] : []),
  ...(clicks ? [ses.EmailSendingEvent.CLICK] : []),
];

/**
 * Reports of SES about e-mails: a configuration set for each choice of tracking, which publishes to one topic, whose
 * messages go to a queue as SES wrote them. The queue's policy lets only the topic send, and the topic's only SES.
 */
export class EmailReports extends Construct {
  constructor(scope: Construct, id: string, { names, queue }: ReportsProps) {
    super(scope, id);
    const topic = new sns.Topic(this, 'Topic', { topicName: names.topic('email-reports'), enforceSSL: true });
    Validations.of(topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason: 'SES publishes to encrypted topics only with a key that has a monthly price; the queue is encrypted',
    });
    topic.addToResourcePolicy(this.#publishing(topic, names));
    topic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true }));
    for (const tracking of trackings) {
      const name = configurationSetOf(names.configurationSets, tracking);
      const set = new ses.ConfigurationSet(this, name, { configurationSetName: name });
      const destination = set.addEventDestination('Reports', {
        destination: ses.EventDestination.snsTopic(topic),
        events: eventsOf(tracking),
      });
      // SES checks that it may publish.
      destination.node.addDependency(topic);
    }
  }

  #publishing(topic: sns.Topic, names: Names): iam.PolicyStatement {
    const stack = Stack.of(this);
    const sets = trackings.map((each) => configurationSetArn(stack, configurationSetOf(names.configurationSets, each)));
    return new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('ses.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnEquals: { 'aws:SourceArn': sets } },
    });
  }
}
