"""JupyterLab's settings for the course, for ``make lab`` and Binder.

Elsewhere: ``jupyter lab --config=jupyter_server_config.py``.
"""

import os
from pathlib import Path

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Sends each of a kernel's messages at once.

    Otherwise the network holds a small one back until the browser has confirmed the one before, for
    which it takes 40 ms: a panel would draw 17 frames a second instead of 23 (Nagle's algorithm and
    delayed acknowledgement, RFC 896 and RFC 1122, 4.2.3.2).
    """

    async def connect(self):
        self.websocket_handler.set_nodelay(True)
        await super().connect()


c = get_config()  # noqa: F821
c.ServerApp.kernel_websocket_connection_class = PromptConnection

# In the toolbar, the sign of a busy kernel makes JupyterLab ask each button for its focus, twice for
# each picture of a panel. So it is in the bar at the bottom; JupyterLab's settings can move it back.
own = str(Path(__file__).resolve().parent / "tools" / "jupyter")
others = os.environ.get("JUPYTER_CONFIG_PATH")
os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([own, others] if others else [own])
