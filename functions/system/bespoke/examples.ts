export const examples = {
  setQueueMonitor: {
    refresh_interval: 5,
    display_columns: ['agent_name', 'status', 'calls_handled'],
    alert_thresholds: { queue_length: 10, wait_time_seconds: 120, abandon_rate: 5 },
    custom_metrics: [{ name: 'Load', formula: 'calls_handled * avg_handle_time / 3600', target: 0.8 }],
  },
  setNotifier: {
    notification_rules: [
      {
        name: 'Missed calls',
        trigger: 'missed_call',
        channels: ['email'],
        template: 'You missed a call from {{caller_id}} at {{time}}',
        recipients: ['ann@example.com'],
      },
    ],
    delivery_preferences: {
      quiet_hours: { enabled: true, start: '22:00', end: '07:00', timezone: 'Europe/Berlin' },
      max_notifications_per_hour: 10,
    },
  },
};
