// Which steps a server has taken, and what to press for the next one. Pure.
import type { SetupState } from './rows';

export interface Step {
  title: string;
  done: boolean;
  /** A server can do without. */
  optional?: boolean;
  is: string;
  todo: string;
}

/** A relay says how it is every 10 s. */
const RELAY_MINUTES = 5;

/** `isOff`: an administrator switched crisis detection off. */
export function steps(state: SetupState, now: number, isOff: boolean): Step[] {
  const has = (key: string) => state.settings.includes(key);
  const relayIsThere = state.relay_at !== null && now - Date.parse(state.relay_at) < RELAY_MINUTES * 60_000;
  return [
    {
      title: 'The bot hears the server',
      done: relayIsThere,
      is: 'The relay is connected to Discord.',
      todo: 'The relay has not said anything for some minutes. Whoever runs the bot starts it, or looks at its log.',
    },
    {
      title: 'Members are known',
      done: state.members > 0,
      is: `${state.members} members are known.`,
      todo: 'The list of members has not been read yet. It needs the Server Members Intent in Discord’s developer portal.',
    },
    {
      title: 'Activity is counted',
      done: state.last_activity_at !== null,
      is: 'Messages and reactions become points.',
      todo: 'Write something in a channel that the bot can see. It is counted within a minute.',
    },
    {
      title: 'Support answers tickets',
      done: has('tickets.staff_role'),
      is: 'The role that answers tickets is chosen.',
      todo: 'Type /setup in Discord, press Tickets, and choose the role that answers them.',
    },
    {
      title: 'Members can open a ticket',
      done: state.ticket_panels > 0 || state.ticket_kinds > 0,
      is: 'There is a panel, or at least a kind of ticket to open.',
      todo: 'Type /ticket panel in the channel where members should find the button.',
    },
    {
      title: 'Crisis detection',
      done: state.crisis_stage === 'live' && !isOff,
      is: 'It is live: the team is alerted.',
      todo: isOff
        ? 'An administrator switched it off for the moment. Until it is on again nobody is alerted: please read along in Discord yourselves.'
        : state.crisis_stage === 'shadow'
          ? 'It is being tried out: alerts are posted for you to look at, nobody is pinged. In /setup, Crisis, you can go live.'
          : 'Type /setup, press Crisis, and follow the steps: the role of the team, the channels, and what members are told.',
    },
    {
      title: 'A crisis response team',
      done: has('crisis.crt_role'),
      is: 'The role of the team is chosen.',
      todo: 'Type /setup, press Crisis, and choose the role that is pinged.',
    },
    {
      title: 'Somebody to ask about data',
      done: has('privacy.contact'),
      optional: true,
      is: '/privacy names whom to ask.',
      todo: 'Type /setup, press Privacy, and say whom members can ask about their data.',
    },
    {
      title: 'New members are welcomed',
      done: has('members.welcome_channel'),
      optional: true,
      is: 'A welcome is posted for everybody who joins.',
      todo: 'Type /setup, press Members, and choose the channel for welcomes.',
    },
    {
      title: 'A campaign to look at',
      done: state.campaigns > 0,
      optional: true,
      is: 'Impact Pulse shows what your campaigns changed.',
      todo: 'Type /campaign add when you begin something, and Impact Pulse shows what it changed.',
    },
  ];
}
