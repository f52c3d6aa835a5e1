import { aws_iam as iam, aws_smsvoice as smsvoice, aws_sns as sns, Stack, Validations } from 'aws-cdk-lib';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Names } from '../names.ts';

type ReportsProps = {
  readonly names: Names;
  /** The queue that gets the reports. */
  readonly queue: Queue;
};

/** The configuration set with which SMS are sent. */
export const smsConfigurationSet = (names: Names): string => names.function('sms');

/**
 * Reports of AWS End User Messaging about SMS: a configuration set, which publishes to a topic, whose messages go to a
 * queue. The two-way channel of numbers may publish to the same topic. The queue's policy lets only the topic send, and
 * the topic's only the service in this account.
 */
export class SmsReports extends Construct {
  constructor(scope: Construct, id: string, { names, queue }: ReportsProps) {
    super(scope, id);
    const topic = new sns.Topic(this, 'Topic', { topicName: names.topic('sms-reports'), enforceSSL: true });
    Validations.of(topic).acknowledge({
      id: 'AwsSolutions-SNS2',
      reason:
        'The service publishes to encrypted topics only with a key that has a monthly price; the queue is encrypted',
    });
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('sms-voice.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    topic.addSubscription(new SqsSubscription(queue));
    new smsvoice.CfnConfigurationSet(this, 'ConfigurationSet', {
      configurationSetName: smsConfigurationSet(names),
      eventDestinations: [
        {
          eventDestinationName: 'reports',
          enabled: true,
          matchingEventTypes: ['TEXT_ALL'],
          snsDestination: { topicArn: topic.topicArn },
        },
      ],
    }).node.addDependency(topic);
  }
}
