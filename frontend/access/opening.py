"""Puts the parts of the door together, as the settings say."""

from __future__ import annotations

from frontend.access.address_limits import AddressLimits
from frontend.access.client_address import ClientAddresses
from frontend.access.door import Door
from frontend.access.doorkeeper import Doorkeeper
from frontend.access.key_cache import KeyCache
from frontend.admin_key import AdminKey
from frontend.cors import Cors
from frontend.library.library import Library
from frontend.memory_database.in_process import InProcess
from frontend.request_log import RequestLog
from frontend.settings import Settings


def open_door(settings: Settings, *, admin: AdminKey, library: Library) -> Door:
    """Make the door of a library's server. Raises StartError for a proxy or an origin that is none."""
    memory = InProcess()
    keys = library.catalogue.keys
    return Door(
        doorkeeper=Doorkeeper(
            admin=admin,
            keys=KeyCache(keys, memory),
            limits=AddressLimits(memory, settings),
            note_use=library.catalogue.record_key_use,
        ),
        addresses=ClientAddresses(settings.trusted_proxy),
        log=RequestLog(is_on=settings.log_requests),
        cors=Cors(settings.cors_origin),
    )
