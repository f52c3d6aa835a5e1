import {
  aws_iam as iam,
  aws_kms as kms,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
  RemovalPolicy,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Names } from '../names.ts';
import type { Settings } from '../settings.ts';

export const alarmTopicName = (names: Names): string => names.function('alarms');

/**
 * The topic of alarms, encrypted with a key of its own, as CloudWatch may not use the key that AWS manages for SNS. A
 * stage with few alarms has none.
 */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(
    scope: Construct,
    id: string,
    { names, settings }: { readonly names: Names; readonly settings: Settings },
  ) {
    super(scope, id);
    const alarms = new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: alarmTopicName(names),
      ...(settings.alarms === 'few' ? {} : { masterKey: this.#key(alarms) }),
      enforceSSL: true,
    });
    if (settings.alarms === 'few')
      Validations.of(this.topic).acknowledge({
        id: 'AwsSolutions-SNS2',
        reason: 'An alarm names a metric and a threshold; a small stage does without a key for a dollar a month',
      });
    this.topic.grantPublish(alarms);
    if (settings.alarmEmail !== undefined)
      this.topic.addSubscription(new subscriptions.EmailSubscription(settings.alarmEmail));
  }

  #key(alarms: iam.IGrantable): kms.Key {
    const key = new kms.Key(this, 'Key', {
      description: 'Encrypts alarms in transit',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.grantEncryptDecrypt(alarms);
    return key;
  }
}
