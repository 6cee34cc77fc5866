"""How a connection to a broker is protected, as aiokafka wants to be told."""

import ssl
from collections.abc import Mapping
from typing import Any, Final

from chassis.settings import BrokerAccess, SettingsError

MECHANISM: Final = "SCRAM-SHA-512"


def connection_for(access: BrokerAccess) -> Mapping[str, Any]:
    """The settings for TLS and SASL. Raises SettingsError, which names the variable."""
    if access.protocol == "PLAINTEXT":
        return {}
    connection: dict[str, Any] = {"security_protocol": access.protocol, "ssl_context": _context(access)}
    if access.protocol == "SASL_SSL":
        if not access.username or access.password_file is None:
            name = f"HC_{access.prefix}SASL"
            raise SettingsError(f"{name}_USERNAME, {name}_PASSWORD_FILE: missing; SASL_SSL needs both")
        connection |= {
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": access.username,
            "sasl_plain_password": _password(access),
        }
    return connection


def _context(access: BrokerAccess) -> ssl.SSLContext:
    """Certificates are always checked, with the names in them; without a file, by the system's authorities."""
    try:
        return ssl.create_default_context(cafile=access.ca_file)
    except OSError as error:
        raise SettingsError(
            f"HC_{access.prefix}CA_FILE: {access.ca_file} is no readable file of certificates ({error.strerror})"
        ) from None


def _password(access: BrokerAccess) -> str:
    name = f"HC_{access.prefix}SASL_PASSWORD_FILE"
    try:
        password = access.password_file.read_text("utf-8").strip() if access.password_file else ""
    except OSError as error:
        raise SettingsError(f"{name}: {access.password_file} cannot be read ({error.strerror})") from None
    if not password:
        raise SettingsError(f"{name}: {access.password_file} is empty")
    return password
