// What the functions of the database answer, row by row; ids are text, moments ISO 8601. migrations/ says what each means.

export type Role = 'manager' | 'crt' | 'admin';
export interface Guild { guild_id: string; name: string; roles: Role[] }
/** Rights that are new to this account, and those of the same person that belong to another account. */
export interface Claim { linked: number; elsewhere: number }
export interface ChannelName { channel_id: string; name: string }
export interface SetupState {
  members: number;
  last_activity_at: string | null;
  relay_at: string | null;
  settings: string[];
  crisis_stage: string | null;
  presence: boolean;
  ticket_kinds: number;
  ticket_panels: number;
  campaigns: number;
  staff: Partial<Record<Role, number>>;
  problems: { key: string; problem: string; noticed_at: string }[];
}

export interface Pulse {
  part: 'total' | 'bucket';
  starts_at: string;
  ends_at: string;
  messages: number;
  reactions: number;
  points: number;
  previous_starts_at: string;
  previous_messages: number;
  previous_reactions: number;
  previous_points: number;
  messages_change: number | null;
  reactions_change: number | null;
  points_change: number | null;
}
export interface Campaign {
  campaign_id: string;
  name: string;
  starts_at: string;
  ends_at: string | null;
  hours: number;
  messages: number;
  points: number;
  baseline_hours: number;
  baseline_points: number | null;
  messages_lift: number | null;
  points_lift: number | null;
}
export interface Channel {
  channel_id: string;
  channels: number;
  members: number;
  messages: number;
  reactions: number;
  points: number;
  share: number | null;
}

interface Member { user_id: string; display_name: string }
export interface ChurnRisk extends Member {
  this_week: number;
  last_week: number;
  change: number | null;
  active_weeks: number;
  dropped: boolean;
  about_to_disengage: boolean;
  reason: string;
}
export interface RisingStar extends Member {
  joined_at: string;
  days_since_joining: number;
  points: number;
  place: number;
  active_members: number;
  reason: string;
}
export interface NewMember extends Member { joined_at: string; days_since_joining: number }
export interface TopMember extends Member { place: number; messages: number; reactions: number; points: number }

export interface Growth { day: string; joins: number; leaves: number; net: number; members: number }
export interface GrowthTotal {
  days: number;
  joins: number;
  leaves: number;
  net: number;
  members_then: number;
  members_now: number;
  change: number | null;
}
export interface ActiveMembers {
  measure: 'dau' | 'wau' | 'mau';
  days: number;
  members: number;
  previous_members: number;
  change: number | null;
  share_of_month: number | null;
}
export interface ActiveDay { day: string; members: number }
export interface Cohort { cohort: string; members: number; week: number; active: number; share: number }
export interface HeatCell { weekday: number; hour_of_day: number; messages: number; points: number; mean_points: number }
export interface Presence { members: number; sessions: number; mean_minutes: number; median_minutes: number; online_hours: number }
export interface PeakHour { hour_of_day: number; mean_online: number; mean_points: number }
export interface TopPresence extends Member { place: number; sessions: number; online_hours: number }

export interface TicketOverview {
  part: 'total' | 'category' | 'priority';
  key: string;
  label: string;
  open: number;
  in_progress: number;
  opened: number;
  opened_before: number;
  closed: number;
  closed_before: number;
  first_response_minutes: number | null;
  resolution_minutes: number | null;
  rating: number | null;
  ratings: number;
}
export interface TicketSla {
  target: 'first_response' | 'resolution';
  priority: string;
  target_minutes: number;
  met: number;
  missed: number;
  waiting: number;
  met_share: number | null;
}
export interface TicketStaff extends Member {
  claimed: number;
  closed: number;
  answered_first: number;
  first_response_minutes: number | null;
  rating: number | null;
  ratings: number;
}
export interface BusyTime { weekday: number; hour: number; tickets: number }
export interface Ticket {
  ticket_id: string;
  ticket_number: number;
  status: string;
  priority: string;
  category_name: string;
  subject: string;
  opener_id: string;
  opener_name: string;
  claimed_by: string | null;
  claimed_by_name: string;
  created_at: string;
  first_response_at: string | null;
  resolved_at: string | null;
  close_reason: string | null;
  rating: number | null;
  channel_id: string | null;
  total: number;
}
export interface TicketHead {
  ticket_number: number;
  subject: string;
  status: string;
  category_name: string;
  opener_id: string;
  opener_name: string;
  created_at: string;
  resolved_at: string | null;
}
export interface TranscriptLine {
  message_id: string;
  author_id: string | null;
  author_name: string;
  content: string;
  sent_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  total: number;
}

export type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
export interface AlertDay { day: string; severity: Severity; alerts: number; false_alarms: number; merged: number }
export interface ResponseTime {
  severity: Severity | 'ALL';
  measure: 'acknowledge' | 'first_human' | 'resolve';
  alerts: number;
  reached: number;
  p50_minutes: number | null;
  p90_minutes: number | null;
}
export interface Delivery { sent: number; pinged: number; quiet: number; merged: number; repeated: number }
export interface Precision {
  detector: string;
  severity: Severity;
  alerts: number;
  judged: number;
  false_alarms: number;
  more_severe: number;
  false_alarm_share: number | null;
}
export interface Outage { service: string; outages: number; minutes: number; is_down: boolean }
export interface CareAlert {
  alert_id: string;
  is_open: boolean;
  severity: Severity;
  found_severity: Severity | null;
  detector: string;
  status: string;
  found_at: string;
  pinged: boolean;
  merged_count: number;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  taken_at: string | null;
  taken_by: string | null;
  first_human_at: string | null;
  resolved_at: string | null;
  resolved_by: string | null;
  verdict: string | null;
  channel_id: string | null;
  message_id: string | null;
  total: number;
}
export interface CarePerson extends Member {
  joined_at: string | null;
  has_left: boolean;
  alerts_30_days: number;
  open_alerts: number;
  first_alert_at: string;
  last_alert_at: string;
  quiet_until: string | null;
  monitoring_opt_out: boolean;
}
export interface TalkDay {
  day: string;
  opened_by: string;
  ended: string;
  sessions: number;
  talks: number;
  messages: number;
  replies: number;
  asked_for_human: number;
  hand_offs: number;
  refusals: number;
  failures: number;
  replaced: number;
}
export interface Referral { month: string; kind: string; cards: number }
export interface Duty extends Member { available_until: string | null; wants_alerts: boolean; cannot_be_messaged: boolean }

export interface ServiceState {
  service: string;
  /** Which one, where there are several: `shard 0`. */
  instance: string;
  status: 'up' | 'degraded' | 'down' | 'off' | 'unknown';
  latency_ms?: number;
  seen_at?: string;
  reason?: string;
}
export type PauseLevel = 'none' | 'bulk' | 'all';
export interface Pause { level: PauseLevel; actor_id?: string; actor_name?: string; at?: string; reason?: string; until?: string }
/** What everybody of the staff may know of it: not who did it. */
export interface PauseNow { level: PauseLevel; at: string | null; until: string | null; reason: string | null }
export interface AdminState {
  services: ServiceState[];
  problems: { variable: string; mend: string }[];
  pause: Pause;
}
export interface LogLine {
  at: string;
  kind: 'ai' | 'admin';
  actor_id: string | null;
  actor_name: string | null;
  what: string;
  detail: Record<string, unknown>;
}
export interface AiCost {
  purpose: string;
  model: string;
  calls: number;
  failed: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  /** Calls of a model whose price is not known. */
  without_price: number;
}
export interface AiUsage { spent_usd: number; budget_usd: number; rows: AiCost[] }
export interface DeadLetter {
  event_id: string;
  kind: string;
  reason: string;
  relay: string;
  created_at: string;
  last_died_at: string;
  attempts: number;
  replayed_at: string | null;
  total: number;
}
