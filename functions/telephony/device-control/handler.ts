import { AppError, found } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { serve } from '#http/serve.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import type { Device } from '#schema/device.ts';
import { second } from '#schema/time.ts';
import { sidecarFromEnvironment } from '#sidecar/client.ts';
import type { DeviceRebootItem } from '../rows/device-reboot.ts';
import { deviceControl, notifyDevice, rebootDevice } from './contract.ts';
import { eventValue, maxTimeout, deviceControlErrors } from './notification.ts';
import { controlStore, scheduleWrites, sentWrites } from './store.ts';

type ControlContext = Context<typeof deviceControl>;

const entityOf = ({ id }: Device) => ({ type: 'device', id });

/** @throws AppError NOT_FOUND */
const findDevice = async (table: ControlContext['table'], id: string): Promise<Device> =>
  found(await controlStore(table).device(id), 'Device');

const unreachable = (): AppError =>
  new AppError(deviceControlErrors.DEVICE_UNREACHABLE, 'The device is not registered or does not answer');

async function reboot(
  { params, body, organization, now, record }: Request<typeof rebootDevice>,
  { table, nextId, ask }: ControlContext,
) {
  const device = await findDevice(table, params.deviceId);
  const { delay, force } = body();
  const at = new Date(now.getTime() + delay * second).toISOString();
  const wanted: DeviceRebootItem = { device_id: device.id, id: nextId('cmd'), force, at };
  const requested = record('device.reboot_requested', {
    entity: entityOf(device),
    description: `Reboot of device ${device.mac_address} requested`,
    fields: { delay_seconds: delay, force },
    persons: [device.user_id],
  });
  const answer = ok(
    { device_id: device.id, reboot_scheduled: delay > 0, scheduled_time: at, delay_seconds: delay },
    { message: 'Reboot command sent successfully' },
  );
  if (delay > 0) return commits([...scheduleWrites(wanted, organization.org_id), requested], answer);
  if (!force && (await controlStore(table).isInCall(device.id)))
    throw new AppError(deviceControlErrors.DEVICE_IN_CALL, 'The device has a call; `force` reboots it all the same');
  const outcome = await ask('sip-sidecar').notify({
    id: wanted.id,
    organization: organization.org_id,
    device: device.id,
    event: eventValue(device, 'reboot'),
    timeout_seconds: maxTimeout,
  });
  if (outcome.kind !== 'answered') throw unreachable();
  return commits([...sentWrites({ ...wanted, sent_at: at }, organization.org_id), requested], answer);
}

async function notify(
  { params, body, organization, now, record }: Request<typeof notifyDevice>,
  { table, nextId, ask }: ControlContext,
) {
  const device = await findDevice(table, params.deviceId);
  const { event, content_type: type, body: content, timeout } = body();
  const value = eventValue(device, event);
  const outcome = await ask('sip-sidecar').notify({
    id: nextId('cmd'),
    organization: organization.org_id,
    device: device.id,
    event: value,
    timeout_seconds: timeout,
    ...(type === undefined ? {} : { content_type: type }),
    ...(content === undefined ? {} : { body: content }),
  });
  if (outcome.kind === 'timeout')
    throw new AppError(deviceControlErrors.NOTIFY_TIMEOUT, `The device did not answer within ${timeout} s`);
  if (outcome.kind === 'unreachable') throw unreachable();
  const { response_code } = outcome;
  return commits(
    [
      record('device.notify_sent', {
        entity: entityOf(device),
        description: `NOTIFY ${event} sent to device ${device.mac_address}`,
        fields: { event, event_header: value, response_code },
        persons: [device.user_id],
      }),
    ],
    ok(
      { device_id: device.id, event, sent_at: now.toISOString(), response_code },
      { message: 'SIP NOTIFY sent successfully' },
    ),
  );
}

/** The function of `/devices/reboot` and `/devices/sipnotify`. */
export const controlHandler = (
  dependencies: Dependencies = dependenciesFromEnvironment({ sidecar: sidecarFromEnvironment() }),
) => serve(deviceControl, { [rebootDevice.route]: reboot, [notifyDevice.route]: notify }, dependencies);

export const handler = controlHandler();
