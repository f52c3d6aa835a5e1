/**
 * The types of `aws-cdk-lib` that this project uses: `paths` in tsconfig.json names this file to the compiler. The
 * package's own index has those of all services of AWS, a million lines. A service that is not here is not found: add
 * its line.
 */
export * from 'aws-cdk-lib/core';
export * as aws_apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
export * as aws_applicationautoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
export * as aws_backup from 'aws-cdk-lib/aws-backup';
export * as aws_budgets from 'aws-cdk-lib/aws-budgets';
export * as aws_certificatemanager from 'aws-cdk-lib/aws-certificatemanager';
export * as aws_cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
export * as aws_cloudwatch_actions from 'aws-cdk-lib/aws-cloudwatch-actions';
export * as aws_codedeploy from 'aws-cdk-lib/aws-codedeploy';
export * as aws_dynamodb from 'aws-cdk-lib/aws-dynamodb';
export * as aws_ec2 from 'aws-cdk-lib/aws-ec2';
export * as aws_ecr_assets from 'aws-cdk-lib/aws-ecr-assets';
export * as aws_ecs from 'aws-cdk-lib/aws-ecs';
export * as aws_elasticloadbalancingv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
export * as aws_events from 'aws-cdk-lib/aws-events';
export * as aws_events_targets from 'aws-cdk-lib/aws-events-targets';
export * as aws_iam from 'aws-cdk-lib/aws-iam';
export * as aws_kms from 'aws-cdk-lib/aws-kms';
export * as aws_lambda from 'aws-cdk-lib/aws-lambda';
export * as aws_logs from 'aws-cdk-lib/aws-logs';
export * as aws_route53 from 'aws-cdk-lib/aws-route53';
export * as aws_s3 from 'aws-cdk-lib/aws-s3';
export * as aws_secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
export * as aws_servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
export * as aws_ses from 'aws-cdk-lib/aws-ses';
export * as aws_smsvoice from 'aws-cdk-lib/aws-smsvoice';
export * as aws_sns from 'aws-cdk-lib/aws-sns';
export * as aws_sns_subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
export * as aws_sqs from 'aws-cdk-lib/aws-sqs';
export * as aws_ssm from 'aws-cdk-lib/aws-ssm';
