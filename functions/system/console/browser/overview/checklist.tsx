import { Badge, Button, Card, Code, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { t } from '../texts/texts.ts';
import { curlOf } from '../kit/api.ts';
import { filledIn } from '../kit/inputs.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import { useDock } from '../phone/dock-state.ts';
import { stepsFor, type Step } from './steps.ts';
import { useSummary } from './use-summary.ts';

/** Milliseconds between two looks which steps are done. */
const interval = 15_000;

/** Of this browser: the person has put the list away. */
function useDismissal(organization: string): readonly [boolean, () => void] {
  const { sub } = useSession();
  const key = `trunkline-checklist ${sub} ${organization}`;
  const [isDismissed, setDismissed] = useState(() => localStorage.getItem(key) !== null);
  const dismiss = (): void => {
    localStorage.setItem(key, 'dismissed');
    setDismissed(true);
  };
  return [isDismissed, dismiss];
}

/** The operation of a step with the example of its contract, for a shell. */
function StepRequest({ step: { route, tag, variables = [] } }: { readonly step: Step }) {
  const { example } = operationOf(useOperations(tag), route);
  const method = route.slice(0, route.indexOf(' '));
  return (
    <Code block tabIndex={0}>
      {curlOf({ method, path: filledIn(route, ...variables), ...(example === undefined ? {} : { body: example }) })}
    </Code>
  );
}

function Ways({ page, byPhone }: Pick<Step, 'page' | 'byPhone'>) {
  const { isAllowed: hasPhone, setOpen } = useDock();
  return (
    <Group gap="xs">
      {page !== undefined && (
        <Button size="compact-sm" variant="default" renderRoot={(props) => <Link to={page.address} {...props} />}>
          {page.title}
        </Button>
      )}
      {byPhone !== undefined && hasPhone && (
        <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
          {byPhone}
        </Button>
      )}
    </Group>
  );
}

type ItemProps = { readonly step: Step; readonly isDone: boolean };

function Item({ step, isDone: done }: ItemProps) {
  const [isShown, setShown] = useState(false);
  return (
    <li data-step={step.key} data-done={done}>
      <Group justify="space-between" gap="xs" align="start">
        <div>
          <Text fw={600}>{step.title}</Text>
          {!done && <Text size="sm">{step.why}</Text>}
        </div>
        {done ? (
          <Badge color="green" variant="light">
            {t('Done')}
          </Badge>
        ) : (
          <Ways {...step} />
        )}
      </Group>
      {!done && (
        <Text component="details" size="sm" onToggle={({ currentTarget }) => setShown(currentTarget.open)}>
          <summary>
            {t('The same by the API')}
            <VisuallyHidden>: {step.title}</VisuallyHidden>
          </summary>
          {isShown && (
            <Suspense fallback={<Text role="status">{t('Loading')} …</Text>}>
              <StepRequest step={step} />
            </Suspense>
          )}
        </Text>
      )}
    </li>
  );
}

/** What is left to set up; nothing, if all is done or the person has put it away. */
export function Checklist() {
  const session = useSession();
  const { organization } = useSigning();
  const [isDismissed, dismiss] = useDismissal(organization ?? session.org_id);
  const { data: summary } = useSummary(isDismissed ? false : interval);
  if (isDismissed || summary === undefined) return null;
  const { steps, done } = stepsFor(session, session.reach !== 'own' && organization === null, summary);
  if (done.size === steps.length) return null;
  return (
    <Card withBorder padding="md" component="section" aria-label={t('First steps')}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('First steps')}
        </Title>
        <Group gap="sm">
          <Text role="status">{t('{done} of {count} done', { done: done.size, count: steps.length })}</Text>
          <Button size="compact-sm" variant="default" onClick={dismiss}>
            {t('Put away')}
          </Button>
        </Group>
      </Group>
      <Stack component="ol" gap="sm" m={0} pl="lg">
        {steps.map((step) => (
          <Item key={step.key} step={step} isDone={done.has(step.key)} />
        ))}
      </Stack>
    </Card>
  );
}
