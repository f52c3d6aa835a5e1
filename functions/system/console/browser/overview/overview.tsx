import { Alert, Anchor, Card, Group, List, SimpleGrid, Skeleton, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { alarmText, useAlarms } from '../kit/alarm-bell.tsx';
import { amountText } from '../kit/amounts.ts';
import { agoText, durationText, numberText, percentText } from '../kit/format.ts';
import { IconAlert, IconCheck } from '../kit/icons.ts';
import { Page, Problem } from '../kit/page.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { textOf } from '../kit/shown.ts';
import { t } from '../texts/texts.ts';
import { needsOf, type Need } from './attention.ts';
import { Checklist } from './checklist.tsx';
import { HourPlot } from './hour-plot.tsx';
import {
  answerRate,
  chargesDifferenceText,
  chargesText,
  differenceText,
  sumOf,
  type Calls,
  type Sums,
} from './hours.ts';
import type { Summary } from './steps.ts';
import { summaryRequest, useSummary } from './use-summary.ts';

/** Milliseconds between two looks. */
const interval = 30_000;

/** How is today, and what needs me? For the administrator of an organization, or its seller. */
export function OverviewPage() {
  const { data: summary, error } = useSummary(interval);
  const calls = summary?.calls;
  // Callers that are limited to their own calls have no sums of them.
  const hasCalls = isAllowed(useSession(), ['cdr:read']) && calls !== null;
  return (
    <Page title={t('Home')} requests={[summaryRequest]}>
      <Problem error={error} />
      <Checklist />
      <Attention summary={summary} />
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
        {hasCalls && <TodayFigures calls={calls} />}
        <SummaryFigures summary={summary} />
      </SimpleGrid>
      {hasCalls && <HourPlot hours={calls?.hours ?? []} />}
    </Page>
  );
}

type FigureProps = {
  readonly label: string;
  /** Undefined: not read yet. */
  readonly value: string | undefined;
  /** By how much it differs from a week before; null: unknown. */
  readonly difference?: string | null;
};

function Figure({ label, value, difference = null }: FigureProps) {
  return (
    <Card withBorder padding="sm">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {value === undefined ? (
        <Skeleton height={31} width={80} role="status" aria-label={t('Loading')} />
      ) : (
        <Text size="xl" fw={600} data-figure={label}>
          {value}
        </Text>
      )}
      {difference !== null && (
        <Text size="xs" c="dimmed">
          {t('{difference} on last week', { difference })}
        </Text>
      )}
    </Card>
  );
}

/** By how much the figure of today differs from that of a week before. */
type Compared = (now: Sums, before: Sums) => string | null;

/** The calls of today, in the zone of the organization. */
function TodayFigures({ calls }: { readonly calls: Calls | undefined }) {
  const hasMoney = isAllowed(useSession(), ['billing:read']);
  const today = calls && sumOf([calls.today]);
  const before = calls && sumOf([calls.week_before]);
  const by =
    (figure: (sums: Sums) => number): Compared =>
    (now, then) =>
      differenceText(figure(now), figure(then));
  const figures: readonly (readonly [label: string, text: (sums: Sums) => string, compared: Compared])[] = [
    [t('Calls today'), ({ calls }) => numberText(calls), by(({ calls }) => calls)],
    [t('Answered today'), (sums) => percentText(answerRate(sums)), by((sums) => answerRate(sums) ?? 0)],
    [t('Talk time today'), ({ talkSeconds }) => durationText(talkSeconds), by(({ talkSeconds }) => talkSeconds)],
    ...(hasMoney ? [[t('Cost today'), chargesText, chargesDifferenceText] as const] : []),
  ];
  return (
    <>
      {figures.map(([label, text, compared]) => (
        <Figure
          key={label}
          label={label}
          value={today && text(today)}
          difference={today === undefined || before === undefined ? null : compared(today, before)}
        />
      ))}
    </>
  );
}

/** What is now. A figure that the person may not see is not shown. */
function SummaryFigures({ summary }: { readonly summary: Summary | undefined }) {
  const session = useSession();
  const figures: readonly (readonly [label: string, scope: string, value: string | undefined])[] = [
    [t('Calls now'), 'calls:read', summary && numberText(summary.calls_in_progress)],
    [t('Connected phones'), 'telephony:read', summary && phonesText(summary)],
    [t('Balance'), 'billing:read', summary && amountText(summary.balance?.current, summary.balance?.currency)],
    [t('Numbers'), 'telephony:read', summary && numberText(summary.numbers)],
  ];
  return figures
    .filter(([, scope]) => isAllowed(session, [scope]))
    .map(([label, , value]) => <Figure key={label} label={label} value={value} />);
}

const phonesText = ({ online_devices: online, devices }: Summary): string =>
  t('{count} of {all}', { count: numberText(online), all: numberText(devices) });

/** What needs somebody, and the latest alarms; else that all is well. */
function Attention({ summary }: { readonly summary: Summary | undefined }) {
  const alarms = useAlarms() ?? { count: 0, latest: [] };
  if (summary === undefined) return <Skeleton height={60} />;
  const needs = needsOf({ summary, alarms: alarms.count });
  if (needs.length === 0)
    return (
      <Alert color="green" variant="light" icon={<IconCheck aria-hidden />}>
        {t('All is well: nothing needs your attention.')}
      </Alert>
    );
  return (
    <Section title={t('Needs attention')}>
      <Needs needs={needs} />
      {alarms.latest.length > 0 && (
        <List size="sm" mt="xs" ml="lg" aria-label={t('Latest alarms')}>
          {alarms.latest.map((row) => (
            <List.Item key={textOf(row['event_log_id'])}>
              {alarmText(row)} · {agoText(textOf(row['created_at']))}
            </List.Item>
          ))}
        </List>
      )}
    </Section>
  );
}

const Needs = ({ needs }: { readonly needs: readonly Need[] }) => (
  <List spacing="xs" size="sm" listStyleType="none">
    {needs.map(({ text, address, isUrgent }) => (
      <List.Item key={text} icon={isUrgent && <IconAlert size={18} color="var(--mantine-color-red-6)" aria-hidden />}>
        <Anchor renderRoot={(props) => <Link to={address} {...props} />}>{text}</Anchor>
      </List.Item>
    ))}
  </List>
);

type SectionProps = { readonly title: string; readonly children: ReactNode };

const Section = ({ title, children }: SectionProps) => (
  <Card withBorder padding="md" component="section" aria-label={title}>
    <Group justify="space-between" mb="sm">
      <Title order={2} size="h4">
        {title}
      </Title>
    </Group>
    {children}
  </Card>
);
