import { LiveChannel } from "../shared/live.js"; import { followChannel } from "../shared/shell.js"; const c = new LiveChannel(); followChannel(c); c.start();
